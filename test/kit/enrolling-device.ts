/** A machine that enrols by the routes alone, at whatever server it is pointed at. Keeps its key and its nonces. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { request } from 'undici';

/** What a server answered. */
export interface EnrollmentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface EnrollingDevice {
  readonly hostname: string;
  /** Base64 of the key's SPKI DER. */
  readonly publicKey: string;
  readonly fingerprint: string;
  /** The reference of the last request that was accepted; empty before. */
  reference(): string;
  /** @param more replaces fields */
  request(base: string, code: string, more?: Readonly<Record<string, unknown>>): Promise<EnrollmentAnswer>;
  /** With the proof that fits the last request; `more` replaces fields. */
  poll(base: string, more?: Readonly<Record<string, unknown>>): Promise<EnrollmentAnswer>;
  /** The body that `poll` sends. */
  proof(): { readonly approval_reference: string; readonly client_nonce: string; readonly proof_sig: string };
}

export interface EnrollingDeviceOptions {
  readonly hostname?: string;
  /** Where it calls from. Default: an address of its own, so that the limit by address stays out of the way. */
  readonly address?: string;
}

let devices = 0;

export function enrollingDevice(options: EnrollingDeviceOptions = {}): EnrollingDevice {
  devices += 1;
  const { hostname = `DEVICE-${devices}`, address = `10.${devices >> 16}.${(devices >> 8) & 255}.${devices & 255}` } =
    options;
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const asked = { reference: '', clientNonce: '', serverNonce: '' };
  const proof = () => ({
    approval_reference: asked.reference,
    client_nonce: asked.clientNonce,
    proof_sig: signedProof(privateKey, asked),
  });
  return {
    hostname,
    publicKey: der.toString('base64'),
    fingerprint: createHash('sha256').update(der).digest('hex'),
    reference: () => asked.reference,
    proof,
    async request(base, code, more = {}) {
      const clientNonce = randomBytes(32).toString('base64');
      const body = { hostname, enrollment_code: code, agent_pubkey: der.toString('base64'), client_nonce: clientNonce };
      const answer = await postJson(`${base}/api/agent/enroll/request`, { ...body, ...more }, address);
      if (answer.status === 200) {
        asked.clientNonce = clientNonce;
        asked.reference = String(answer.body.approval_reference);
        asked.serverNonce = String(answer.body.server_nonce);
      }
      return answer;
    },
    poll: (base, more = {}) => postJson(`${base}/api/agent/enroll/poll`, { ...proof(), ...more }, address),
  };
}

function signedProof(
  key: KeyObject,
  { serverNonce, reference, clientNonce }: { serverNonce: string; reference: string; clientNonce: string },
): string {
  const message = [Buffer.from(serverNonce, 'base64'), Buffer.from(reference), Buffer.from(clientNonce, 'base64')];
  return sign(null, Buffer.concat(message), key).toString('base64');
}

/** A text or bytes are sent as they are, all else as JSON. */
export async function postJson(url: string, body: unknown, address = '127.0.0.1'): Promise<EnrollmentAnswer> {
  const answer = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  });
  const text = await answer.body.text();
  const isJson = String(answer.headers['content-type']).startsWith('application/json');
  const parsed = (isJson ? JSON.parse(text) : { html: text }) as Record<string, unknown>;
  return { status: answer.statusCode, headers: answer.headers, body: parsed };
}
