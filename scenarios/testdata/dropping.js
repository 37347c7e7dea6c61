// One virtual user for twenty iterations a second.
import http from 'k6/http';

export const options = {
  scenarios: { shop: { executor: 'constant-arrival-rate', rate: 20, timeUnit: '1s', duration: '2s', preAllocatedVUs: 1, maxVUs: 1 } },
};

export default function () {
  http.get(`${__ENV.TARGET}/200`);
}
