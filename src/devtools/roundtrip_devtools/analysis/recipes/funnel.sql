-- For each subject, step 1 is its first action of that type, and each further step is its first action of that type
-- after the step before.
WITH taken AS (
    -- An actor's actions are in the order of time; those of one commit have the same time.
    SELECT subject, type,
           CASE WHEN $by = 'actor'
                THEN date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00', recorded_at) * 1000000 + version
                ELSE version END AS place
    FROM (
        SELECT CASE WHEN $by <> 'actor' THEN concat(namespace, '/', store, '/', id)
                    WHEN actor NOT LIKE 'listener:%' THEN actor END AS subject,
               type, recorded_at, version
        -- Copies of a row change nothing here, and to leave them out would take as long as all the rest.
        FROM raw_actions
        WHERE type IN ($step_1, $step_2, $step_3, $step_4, $step_5) AND ($store = '' OR store = $store)
    ) AS chosen
    WHERE subject IS NOT NULL
),
first_step AS (
    SELECT subject, min(place) AS place FROM taken WHERE type = $step_1 GROUP BY subject
),
second_step AS (
    SELECT taken.subject, min(taken.place) AS place
    FROM taken JOIN first_step AS before ON taken.subject = before.subject AND taken.place > before.place
    WHERE taken.type = $step_2 GROUP BY taken.subject
),
third_step AS (
    SELECT taken.subject, min(taken.place) AS place
    FROM taken JOIN second_step AS before ON taken.subject = before.subject AND taken.place > before.place
    WHERE taken.type = $step_3 GROUP BY taken.subject
),
fourth_step AS (
    SELECT taken.subject, min(taken.place) AS place
    FROM taken JOIN third_step AS before ON taken.subject = before.subject AND taken.place > before.place
    WHERE taken.type = $step_4 GROUP BY taken.subject
),
fifth_step AS (
    SELECT taken.subject, min(taken.place) AS place
    FROM taken JOIN fourth_step AS before ON taken.subject = before.subject AND taken.place > before.place
    WHERE taken.type = $step_5 GROUP BY taken.subject
),
counted AS (
    SELECT 1 AS step, $step_1 AS action, (SELECT count(*) FROM first_step) AS reached
    UNION ALL SELECT 2, $step_2, (SELECT count(*) FROM second_step)
    UNION ALL SELECT 3, $step_3, (SELECT count(*) FROM third_step)
    UNION ALL SELECT 4, $step_4, (SELECT count(*) FROM fourth_step)
    UNION ALL SELECT 5, $step_5, (SELECT count(*) FROM fifth_step)
)
SELECT step, action, reached,
       coalesce(CAST(reached AS double) / nullif(first_value(reached) OVER (ORDER BY step), 0), 0) AS of_all,
       coalesce(CAST(reached AS double) / nullif(lag(reached, 1, reached) OVER (ORDER BY step), 0), 0) AS of_the_step_before
FROM counted
WHERE action <> ''
ORDER BY step
