// A script as people have them: k6/http, k6's own executors, nothing of ours. Its tags
// would not do for records.
import http from 'k6/http';

export const options = {
  systemTags: ['status', 'method', 'name'],
  scenarios: {
    shop: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s', duration: '2s', preAllocatedVUs: 4 },
  },
};

// No load.
export function setup() {
  http.get(`${__ENV.TARGET}/setup`);
}

export default function () {
  http.post(`${__ENV.TARGET}/web/webclient/version_info`, '{}', { tags: { name: 'version' } });
  http.get(`${__ENV.TARGET}/nowhere`);
}
