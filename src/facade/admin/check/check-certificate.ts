/** Whether the certificate that is to be presented can be, and for how long. */
import { readFileSync } from 'node:fs';
import type { FacadeSettings } from '../../settings/settings.js';
import { CertificateError, type CertificateFacts, readCertificatePair } from '../../tls/certificate-pair.js';
import { type CheckFinding, ok, problem, warning } from './check-report.js';

const SUBJECT = 'certificate';
const DAY_MS = 86_400_000;
/** Days before its end at which a certificate is worth a warning. */
const NEAR_END_DAYS = 21;

/** @param now wall clock, milliseconds */
export function checkCertificate(tls: FacadeSettings['tls'], now: number): readonly CheckFinding[] {
  if (tls.certificate === '')
    return [
      warning(
        SUBJECT,
        'clients are served plain HTTP',
        'For agents, set tls.certificate and tls.key to the bundle and key of the legacy.',
      ),
    ];
  try {
    return findings(readCertificatePair(readFileSync(tls.certificate), readFileSync(tls.key)), tls.certificate, now);
  } catch (error) {
    if (error instanceof CertificateError)
      return [problem(SUBJECT, error.message, 'Name a bundle (leaf first) and the key of its leaf, both PEM.')];
    if (isSystemError(error))
      return [
        problem(
          SUBJECT,
          `${error.path ?? 'a file'} can't be read (${error.code})`,
          'The user that runs the facade must be able to read tls.certificate and tls.key.',
        ),
      ];
    throw error;
  }
}

function findings(facts: CertificateFacts, file: string, now: number): CheckFinding[] {
  const { names, notBefore, notAfter, chainProblems, chainLength } = facts;
  const days = Math.floor((notAfter.getTime() - now) / DAY_MS);
  const renew = 'Renew the leaf under the same root; replaced files are taken over without a restart.';
  const end = notAfter.toISOString();
  const found = chainProblems.map((sentence) =>
    warning(SUBJECT, sentence, 'Put the leaf first, then its issuers in order.'),
  );
  if (now > notAfter.getTime()) found.push(problem(SUBJECT, `${file} expired at ${end}`, renew));
  else if (now < notBefore.getTime())
    found.push(
      problem(SUBJECT, `${file} is not valid before ${notBefore.toISOString()}`, 'Is the clock of this machine right?'),
    );
  else if (days < NEAR_END_DAYS) found.push(warning(SUBJECT, `${file} expires in ${days} days, at ${end}`, renew));
  if (names.length === 0)
    found.push(
      warning(
        SUBJECT,
        `${file} names no host`,
        'Each name and address that agents dial must be in its subject alternative names.',
      ),
    );
  const told = `${file} and its key fit, ${chainLength} in the chain, valid until ${end}, for ${names.join(', ') || 'no name'}`;
  return found.some(({ level }) => level === 'problem') ? found : [...found, ok(SUBJECT, told)];
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
