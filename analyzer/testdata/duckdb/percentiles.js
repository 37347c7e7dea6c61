// Computes with DuckDB the percentiles that the analyzer describes, over the same
// Parquet files, and prints how long that took: what BenchmarkAgainstDuckDB compares
// with. Standard input is JSON: files (path, setup), windows (name, from, to in ns),
// threads.
const { DuckDBInstance } = require('@duckdb/node-api')

const quantiles = '[0.5, 0.9, 0.95, 0.99]'

function percentiles(by) {
  return `SELECT ${by}, count(*)::INTEGER AS n,
      quantile_disc(waited, ${quantiles}) AS latency,
      quantile_disc(service, ${quantiles}) FILTER (served) AS service
    FROM steps WHERE part IS NOT NULL AND ${by.includes('step') ? "step <> 'journey'" : "step = 'journey'"}
    GROUP BY ${by}`
}

async function main(input) {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(`SET threads = ${input.threads}`)
  const tables = input.files.map((f) => `SELECT *, '${f.setup}' AS setup FROM read_parquet('${f.path}')`)
  const parts = input.windows.map((w) => `WHEN intended_ns >= ${w.from} AND intended_ns < ${w.to} THEN '${w.name}'`)
  await connection.run(`CREATE VIEW steps AS SELECT setup, tenant, journey, step,
      CASE ${parts.join(' ')} END AS part, outcome = 'ok' AS served, (ended_ns - started_ns) // 1000 AS service,
      CASE WHEN outcome = 'ok' THEN (ended_ns - intended_ns) // 1000 ELSE 9223372036854775807 END AS waited
    FROM (${tables.join(' UNION ALL ')})`)
  const began = performance.now()
  const groups = []
  for (const by of ['setup, part, tenant, journey', 'setup, part, journey', 'setup, part, step']) {
    groups.push(...(await connection.runAndReadAll(percentiles(by))).getRowObjectsJson())
  }
  console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000, groups }))
}

main(JSON.parse(require('node:fs').readFileSync(0, 'utf8'))).catch((err) => {
  console.error(err)
  process.exit(1)
})
