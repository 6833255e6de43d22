-- Gave up: never did the goal, and nothing at all in the last days of the log. Shown are the last steps, refused ones
-- included; the first step is the oldest.
WITH events AS (
    SELECT CASE WHEN $by <> 'actor' THEN concat(namespace, '/', store, '/', id)
                WHEN actor NOT LIKE 'listener:%' THEN actor END AS subject,
           type AS step, type = $goal AS is_goal, recorded_at, version, '' AS request, 0 AS position
    FROM actions
    WHERE $store = '' OR store = $store
    UNION ALL
    SELECT CASE WHEN $by <> 'actor' THEN concat(namespace, '/', store, '/', id)
                WHEN actor NOT LIKE 'listener:%' THEN actor END,
           concat('refused: ', code), FALSE, recorded_at, 9999999999, request, position
    FROM refused
    WHERE $store = '' OR store = $store
),
silent AS (
    SELECT subject
    FROM events
    WHERE subject IS NOT NULL
    GROUP BY subject
    HAVING max(CASE WHEN is_goal THEN 1 ELSE 0 END) = 0
       AND date_diff('millisecond', max(recorded_at), (SELECT max(recorded_at) FROM events))
           >= CAST($idle_days AS bigint) * 86400000
),
numbered AS (
    SELECT events.subject, step,
           row_number() OVER (
               PARTITION BY events.subject ORDER BY recorded_at DESC, version DESC, request DESC, position DESC, step
           ) AS place
    FROM events JOIN silent ON silent.subject = events.subject
),
endings AS (
    SELECT concat_ws(' → ',
               max(CASE WHEN place = 5 THEN step END),
               max(CASE WHEN place = 4 THEN step END),
               max(CASE WHEN place = 3 THEN step END),
               max(CASE WHEN place = 2 THEN step END),
               max(CASE WHEN place = 1 THEN step END)) AS last_steps
    FROM numbered
    WHERE place <= $length
    GROUP BY subject
)
SELECT last_steps, count(*) AS number, CAST(count(*) AS double) / sum(count(*)) OVER () AS share
FROM endings
GROUP BY last_steps
ORDER BY number DESC, last_steps
LIMIT 20
