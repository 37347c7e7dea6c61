export const options = { scenarios: { t1_orders: { executor: 'open-arrival', rate: 40, duration: '1s', maxVUs: 2 } } };

export default function () {
  throw new Error('broken script');
}
