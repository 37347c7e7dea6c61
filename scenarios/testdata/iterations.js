// Iterations alone: k6 runs until they are done, for ten minutes at most.
import http from 'k6/http';
import { sleep } from 'k6';

export const options = { iterations: 1000 };

export default function () {
  http.get(`${__ENV.TARGET}/200`, { tags: { name: 'look' } });
  sleep(0.05);
}
