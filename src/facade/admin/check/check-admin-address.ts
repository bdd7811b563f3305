/** Whether the admin token can be overheard. The admin API speaks plain HTTP. */
import { type CheckFinding, warning } from './check-report.js';

export function checkAdminAddress(host: string): readonly CheckFinding[] {
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return [];
  return [
    warning(
      'admin',
      `the admin API listens on ${host} by plain HTTP: whoever sees its traffic has the token, and with it the migration table`,
      'Let it listen on 127.0.0.1, and reach it through a tunnel or a proxy with TLS.',
    ),
  ];
}
