// An Odoo call as people write it with k6/http.
import http from 'k6/http';
import { check } from 'k6';

export const options = { scenarios: { t1_read: { executor: 'constant-vus', vus: 20, duration: '6s', gracefulStop: '1s' } } };

let n = 0;

export default function () {
  const body = {
    jsonrpc: '2.0', method: 'call', params: {
      model: 'stock.quant', method: 'search_read', args: [], kwargs: {
        domain: [['product_id', '=', 17 + (n++ % 5)], ['location_id.usage', '=', 'internal']], fields: ['product_id', 'quantity', 'reserved_quantity'], limit: 8,
      },
    },
  };
  const answer = http.post(`${__ENV.TARGET}/web/dataset/call_kw/stock.quant/search_read`, JSON.stringify(body), {
    headers: { 'Content-Type': 'application/json', Cookie: 'session_id=s1' }, tags: { name: 'quants' },
  });
  const parsed = answer.json();
  check(answer, { 'status 200': (r) => r.status === 200, 'no error': () => !parsed.error, '8 rows': () => parsed.result.length === 8 });
}
