// The steady beat of stall.js, in a script that takes two seconds to load.
export { options, default } from './stall.js';

if (__VU === 0) {
  console.warn('loading');
  for (const until = Date.now() + 2000; Date.now() < until;);
}
