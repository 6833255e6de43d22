-- A cohort is everybody whose first action was in the same period. Somebody is back in a later period if they did
-- anything in it.
WITH active AS (
    SELECT DISTINCT coalesce(actor, concat(namespace, '/', store, '/', id)) AS person,
           date_trunc($period, recorded_at) AS period
    FROM actions
    -- What listeners do belongs to no person.
    WHERE ($store = '' OR store = $store) AND (actor IS NULL OR actor NOT LIKE 'listener:%')
),
cohorts AS (
    SELECT person, min(period) AS cohort FROM active GROUP BY person
),
counted AS (
    SELECT cohorts.cohort, date_diff($period, cohorts.cohort, active.period) AS later, count(*) AS people
    FROM active JOIN cohorts ON active.person = cohorts.person
    GROUP BY 1, 2
)
SELECT CAST(cohort AS date) AS cohort, later, people,
       CAST(people AS double) / first_value(people) OVER (PARTITION BY cohort ORDER BY later) AS share
FROM counted
ORDER BY cohort, later
