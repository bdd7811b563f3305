#!/usr/bin/env node
// CPU per proxied request: the facade beside its peers, in one run. nginx answers a fixed 250-byte JSON body from core 1,
// where the load comes from too; each proxy gets core 0 in turn. The figure is user and system CPU time of the proxy's
// processes divided by requests, the median of three runs. Needs dist, nginx, haproxy and wrk (apt); peers come by npm.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = resolve(import.meta.dirname, '..');
const SECONDS = Number(process.argv[2] ?? 4);
const RUNS = 3;
const [UPSTREAM, PROXY, ADMIN] = [18080, 18081, 18082];
const folder = mkdtempSync(join(tmpdir(), 'facade-bench-'));
const started = [];
const TICKS = Number(execFileSync('getconf', ['CLK_TCK']));

const HTTP_PROXY = `const http = require('node:http'); const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
const proxy = require('http-proxy').createProxyServer({ target: 'http://127.0.0.1:UPSTREAM', agent, xfwd: true });
proxy.on('error', (e, q, r) => r.writeHead?.(502).end()); http.createServer((q, r) => proxy.web(q, r)).listen(PROXY, '127.0.0.1');`;
const FASTIFY = `const app = require('fastify')(); app.register(require('@fastify/http-proxy'), { upstream: 'http://127.0.0.1:UPSTREAM' }); app.listen({ port: PROXY, host: '127.0.0.1' });`;

const peers = installPeers();
const PROXIES = {
  facade: () => run(['node', join(ROOT, 'dist/facade/main.js'), 'start', ...facadeFlags()]),
  'http-proxy': () => run(['node', writePeer('http-proxy.cjs', HTTP_PROXY)]),
  '@fastify/http-proxy': () => run(['node', writePeer('fastify.cjs', FASTIFY)]),
  nginx: () =>
    run([
      'nginx',
      '-c',
      write(
        'proxy.conf',
        nginxConf(
          'proxy',
          `upstream u { server 127.0.0.1:${UPSTREAM}; keepalive 64; }
    server { listen 127.0.0.1:${PROXY} backlog=1024; location / { proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; } }`,
        ),
      ),
    ]),
  haproxy: () => run(['haproxy', '-db', '-f', write('haproxy.cfg', HAPROXY())]),
};

try {
  start(
    [
      'nginx',
      '-c',
      write(
        'upstream.conf',
        nginxConf(
          'upstream',
          `server { listen 127.0.0.1:${UPSTREAM} backlog=1024; keepalive_requests 100000000;
    location / { default_type application/json; return 200 '${JSON.stringify({ filler: 'x'.repeat(237) })}'; } }`,
        ),
      ),
    ],
    1,
  );
  await reachable(UPSTREAM);
  const figures = {};
  for (let at = 0; at < RUNS; at += 1) {
    for (const [name, launch] of Object.entries(PROXIES))
      figures[name] = [...(figures[name] ?? []), await measure(launch)];
  }
  report(figures);
} finally {
  for (const child of started) child.kill('SIGTERM');
  await pause(300);
  rmSync(folder, { recursive: true, force: true });
}

async function measure(launch) {
  const child = launch();
  await reachable(PROXY);
  // Compilers need a while: what is measured is a proxy that has run for hours, not one that starts.
  load(3);
  const before = cpuSeconds(child.pid);
  const requests = load(SECONDS);
  const used = cpuSeconds(child.pid) - before;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
  return (used / requests) * 1e6;
}

/** 32 keep-alive connections from core 1. */
function load(seconds) {
  const out = execFileSync(
    'taskset',
    ['-c', '1', 'wrk', '-t1', '-c32', `-d${seconds}s`, `http://127.0.0.1:${PROXY}/health`],
    { encoding: 'utf8' },
  );
  if (/Non-2xx|Socket errors/.test(out)) throw new Error(`the load saw failures:\n${out}`);
  return Number(/(\d+) requests in/.exec(out)?.[1]);
}

/** User and system time of a process and its descendants that live. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + cpuSeconds(child), own);
}

function report(figures) {
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const facade = median(figures.facade);
  for (const [name, values] of Object.entries(figures)) {
    const own = median(values);
    console.log(
      `${name.padEnd(20)} ${own.toFixed(1).padStart(7)} µs CPU per request   facade / ${name}: ${(facade / own).toFixed(2)}`,
    );
  }
}

function run(command) {
  return start(command, 0);
}

function start(command, core) {
  const child = spawn('taskset', ['-c', String(core), ...command], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_PATH: join(peers, 'node_modules'), FACADE_LOG_LEVEL: 'error' },
  });
  started.push(child);
  return child;
}

async function reachable(port) {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/health`);
      await answer.arrayBuffer();
      if (answer.ok) return;
    } catch {
      // Not there yet.
    }
    await pause(50);
  }
  throw new Error(`nothing answers on port ${port}`);
}

function facadeFlags() {
  return [
    ...[
      '--listen-host',
      '127.0.0.1',
      '--listen-port',
      String(PROXY),
      '--admin-port',
      String(ADMIN),
      '--engine-mode',
      'off',
    ],
    ...['--legacy-url', `http://127.0.0.1:${UPSTREAM}`, '--state-directory', join(folder, 'state')],
    ...['--table', write('table.yaml', readFileSync(join(ROOT, 'config/migration-table.yaml'), 'utf8'))],
  ];
}

function installPeers() {
  for (const tool of ['nginx', 'haproxy', 'wrk'])
    if (!['/usr/sbin', '/usr/bin'].some((bin) => existsSync(join(bin, tool))))
      throw new Error(`${tool} is missing: apt-get install nginx-light haproxy wrk`);
  const home = join(tmpdir(), 'facade-bench-peers');
  if (!existsSync(join(home, 'node_modules', 'fastify'))) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), '{"private":true}');
    execFileSync(
      'npm',
      ['install', '--no-audit', '--no-fund', 'http-proxy@1.18.1', 'fastify@5', '@fastify/http-proxy@11'],
      { cwd: home, stdio: 'inherit' },
    );
  }
  return home;
}

function write(name, text) {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function writePeer(name, text) {
  return write(name, text.replaceAll('UPSTREAM', String(UPSTREAM)).replaceAll('PROXY', String(PROXY)));
}

function nginxConf(name, http) {
  return `daemon off; worker_processes 1; pid ${join(folder, name)}.pid; error_log /dev/null; events { worker_connections 1024; }
    http { access_log off; keepalive_requests 100000000; client_body_temp_path ${folder}/${name}-b; proxy_temp_path ${folder}/${name}-p; fastcgi_temp_path ${folder}/${name}-f; uwsgi_temp_path ${folder}/${name}-u; scgi_temp_path ${folder}/${name}-s; ${http} }`;
}

function HAPROXY() {
  return `global\n  nbthread 1\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\nfrontend f\n  bind 127.0.0.1:${PROXY}\n  default_backend b\nbackend b\n  http-reuse always\n  server u 127.0.0.1:${UPSTREAM}\n`;
}
