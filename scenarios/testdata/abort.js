import exec from 'k6/execution';

export const options = { scenarios: { t1_orders: { executor: 'open-arrival', rate: 20, duration: '60s', maxVUs: 2 } } };

export default function () {
  if (exec.scenario.iterationInTest >= 5) exec.test.abort('enough');
}
