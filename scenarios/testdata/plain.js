// A script as people have them: k6's own modules and executors, nothing of ours. Its
// system tags would not do for records.
import http from 'k6/http';
import ws from 'k6/ws';
import { check } from 'k6';

const five = { executor: 'shared-iterations', vus: 2, iterations: 5 };
export const options = {
  systemTags: ['status', 'method', 'name'],
  scenarios: {
    fine: { ...five, exec: 'fine' },
    refused: { ...five, exec: 'refused' },
    throws: { ...five, exec: 'throws' },
    late: { ...five, exec: 'late' },
    checked: { ...five, exec: 'checked' },
    socket: { ...five, exec: 'socket' },
    silent: { ...five, exec: 'silent' },
    main_arrivals: { executor: 'open-arrival', times: [0, 0.1, 0.2, 0.3, 0.4], exec: 'refused', maxVUs: 2 },
  },
};

// No load.
export function setup() {
  http.get(`${__ENV.TARGET}/500`);
}

export function fine() {
  http.get(`${__ENV.TARGET}/200`, { tags: { name: 'look' } });
  http.post(`${__ENV.TARGET}/200`, '{}');
}

export function refused() {
  http.get(`${__ENV.TARGET}/200`, { tags: { name: 'look' } });
  http.post(`${__ENV.TARGET}/500`, '{}', { tags: { name: 'order' } });
  http.post(`${__ENV.TARGET}/404`, '{}', { tags: { name: 'confirm' } });
}

export function throws() {
  http.get(`${__ENV.TARGET}/200`, { tags: { name: 'look' } });
  throw new Error('not confirmed');
}

// The script throws because a request failed.
export function late() {
  http.get(`${__ENV.TARGET}/500`, { tags: { name: 'order' } }).json();
}

export function checked() {
  check(http.get(`${__ENV.TARGET}/200`, { tags: { name: 'look' } }), { 'has a result': (r) => r.body.includes('result') });
}

export function socket() {
  ws.connect(`${__ENV.TARGET.replace('http', 'ws')}/404`, {}, () => {});
}

export function silent() {}
