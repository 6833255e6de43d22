WITH active AS (
    SELECT coalesce(actor, concat(namespace, '/', store, '/', id)) AS person,
           date_trunc($period, recorded_at) AS period, count(*) AS actions
    FROM actions
    -- What listeners do belongs to no person.
    WHERE ($store = '' OR store = $store) AND (actor IS NULL OR actor NOT LIKE 'listener:%')
    GROUP BY 1, 2
),
first_seen AS (
    SELECT person, min(period) AS period FROM active GROUP BY person
)
SELECT CAST(active.period AS date) AS period,
       count(CASE WHEN first_seen.period = active.period THEN 1 END) AS new_people,
       count(CASE WHEN first_seen.period < active.period THEN 1 END) AS back_again,
       CAST(sum(active.actions) AS bigint) AS actions
FROM active JOIN first_seen ON first_seen.person = active.person
GROUP BY active.period
ORDER BY active.period
