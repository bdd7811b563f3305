// A child for the supervisor's tests: says it is ready (or not), then lives, ends or ignores SIGTERM as told.
const mode = process.env.STUB_MODE;
if (mode === 'exit') process.exit(3);
if (mode === 'stubborn') process.on('SIGTERM', () => {});
if (mode !== 'mute') process.send({ type: 'ready' });
console.log('stub engine runs');
setInterval(() => {}, 1000);
