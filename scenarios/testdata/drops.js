import odoo from 'k6/x/odoo';

export const options = {
  scenarios: {
    t1_orders: { executor: 'open-arrival', arrivals: 'even', rate: 40, duration: '1s', maxVUs: 1, maxQueue: 5, gracefulStop: '10s' },
  },
};

export default function () {
  odoo.call('res.partner', 'search_read', { args: { domain: [] } });
}
