WITH refusals AS (
    SELECT code, type, count(*) AS refused,
           -- What listeners do belongs to no person.
           count(DISTINCT CASE WHEN actor LIKE 'listener:%' THEN NULL
                               ELSE coalesce(actor, concat(namespace, '/', store, '/', id)) END) AS people
    FROM refused
    WHERE $store = '' OR store = $store
    GROUP BY code, type
),
applied AS (
    SELECT type, count(*) AS applied FROM actions WHERE $store = '' OR store = $store GROUP BY type
),
attempts AS (
    SELECT refusals.type, sum(refused) AS refused FROM refusals GROUP BY refusals.type
)
SELECT code, refusals.type AS action, refusals.refused, people,
       CAST(refusals.refused AS double) / (attempts.refused + coalesce(applied.applied, 0)) AS of_attempts
FROM refusals
JOIN attempts ON attempts.type IS NOT DISTINCT FROM refusals.type
LEFT JOIN applied ON applied.type = refusals.type
ORDER BY refusals.refused DESC, code, action
