/** Keeps the machine's own Ansible out of tests: a real one would take seconds, and could reach other machines. */
import { delimiter } from 'node:path';
import { projectRoot } from './python.js';

/** For the environment of whoever may look for `ansible-playbook`: it fails at once. */
export const pathWithoutAnsible = [`${projectRoot}test/kit/no-ansible`, process.env.PATH].join(delimiter);
