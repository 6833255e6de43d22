-- The beginnings of sessions. Repetitions of an action count as one step.
WITH steps AS (
    SELECT person, session, type,
           row_number() OVER (
               PARTITION BY person, session ORDER BY recorded_at, store, id, version
           ) AS step
    FROM (
        SELECT *,
               lag(type) OVER (
                   PARTITION BY person, session ORDER BY recorded_at, store, id, version
               ) AS before
        FROM session_actions
        WHERE $store = '' OR store = $store
    ) AS marked
    WHERE before IS NULL OR before <> type
),
paths AS (
    SELECT concat_ws(' → ',
               max(CASE WHEN step = 1 THEN type END),
               max(CASE WHEN step = 2 THEN type END),
               max(CASE WHEN step = 3 THEN type END),
               max(CASE WHEN step = 4 THEN type END),
               max(CASE WHEN step = 5 THEN type END)) AS path
    FROM steps
    WHERE step <= $length
    GROUP BY person, session
)
SELECT path, count(*) AS sessions, CAST(count(*) AS double) / sum(count(*)) OVER () AS share
FROM paths
GROUP BY path
ORDER BY sessions DESC, path
LIMIT 20
