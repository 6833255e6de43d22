"""Both designs on AWS, on paper and by simulation: plain rows, no plots.

All numbers that are supposed are in `assumptions.Assumptions`; its defaults need no measurement,
`assumptions.from_measurements(latencies, units)` puts measured CPU times and units in their place.
Every function below takes it as ``given``, where it matters, and gives a list of dataclasses.

============================================  =====================================================
`simulation.simulate(rates, clients)`         `SimulatedLatency`: p50, p90, p99 and mean, Lambda
                                              environments, shards, quotas that do not do, for each
                                              of `simulation.DESIGN_NAMES` and each rate. Times are
                                              ``inf`` where a design does not keep up: nothing to
                                              draw there.
`simulation.sample(path, requests)`           an array of latencies, for a distribution; ``path``
                                              is a `paths.Coupled` or `paths.Streamed`
`simulation.composition(rate, clients)`       `Part`: the mean of each step, in order, for a bar
`simulation.sensitivity(rate, clients)`       `Sensitivity`: each assumption halved and doubled,
                                              for a tornado
`contention.contend(writers)`                 `Contention`: requests that arrive together at one
                                              order, coupled design
`cost.price_per_million(rates, clients)`      `Price`: dollars by service and in total, for each
                                              design, number of clients and rate
`cost.at_rest(clients)`                       `AtRest`: dollars of a month without actions
`limits.limits(clients)`                      `Limit`: what AWS documents, the rate at which it is
                                              met, and what to do then
`steps.step_sources()`                        `Step`: quantiles of each step, published or assumed,
                                              with the source
`prices.prices()`                             `ListPrice`: each price with its source and date
============================================  =====================================================

Rows are ordered by design, then by clients, then by rate. Rates are actions a second of the whole
service; times are ms; money is US dollars of us-east-1 without free tiers. The client's way to the
region and back is in no figure. The same seed gives the same numbers.

Behind these: `environments` (Lambda's), `footprint` (units and bytes of an action), `handlers` and
`lanes` (batches of the streams), `limit`, `limits_services`, `limits_tables`, `listprice`, `paths`
(both designs step by step), `work` (CPU times).
"""
