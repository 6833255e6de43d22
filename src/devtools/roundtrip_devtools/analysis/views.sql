-- The views that every question uses. They stand on two tables of the same columns anywhere: raw_actions and
-- raw_refused. Both may hold a row more than once, because what delivers them delivers at least once.

CREATE OR REPLACE VIEW actions AS
SELECT namespace, store, id, version,
       max(type) AS type, max(slice) AS slice, max(actor) AS actor, max(recorded_at) AS recorded_at,
       max(payload) AS payload, max(meta) AS meta, commit_token
FROM raw_actions
-- A stream that was erased and begun again has the same versions twice, in commits with other tokens.
GROUP BY namespace, store, id, version, commit_token;

CREATE OR REPLACE VIEW refused AS
SELECT request, position,
       max(namespace) AS namespace, max(store) AS store, max(id) AS id, max(type) AS type, max(code) AS code,
       max(actor) AS actor, max(recorded_at) AS recorded_at
FROM raw_refused
GROUP BY request, position;

CREATE OR REPLACE VIEW streams AS
SELECT namespace, store, id,
       count(*) AS actions, max(version) AS last_version,
       min(recorded_at) AS first_at, max(recorded_at) AS last_at,
       min_by(type, version) AS first_type, max_by(type, version) AS last_type
FROM actions
GROUP BY namespace, store, id;

-- Each action with its session: what one person does without a pause of more than 30 minutes. On an open API nobody
-- is known, and a stream stands for a person. What listeners do belongs to no person.
CREATE OR REPLACE VIEW session_actions AS
SELECT person, namespace, store, id, version, type, actor, recorded_at,
       CAST(sum(begins) OVER (
           PARTITION BY person ORDER BY recorded_at, store, id, version
           ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
       ) AS bigint) AS session
FROM (
    SELECT *,
           CASE WHEN recorded_at <= lag(recorded_at) OVER (
               PARTITION BY person ORDER BY recorded_at, store, id, version
           ) + INTERVAL '30' MINUTE THEN 0 ELSE 1 END AS begins
    FROM (
        SELECT coalesce(actor, concat(namespace, '/', store, '/', id)) AS person,
               namespace, store, id, version, type, actor, recorded_at
        FROM actions
        WHERE actor IS NULL OR actor NOT LIKE 'listener:%'
    ) AS named
) AS marked;

CREATE OR REPLACE VIEW sessions AS
SELECT person, session, max(actor) AS actor,
       count(*) AS actions, min(recorded_at) AS first_at, max(recorded_at) AS last_at,
       min_by(type, recorded_at) AS first_type, max_by(type, recorded_at) AS last_type
FROM session_actions
GROUP BY person, session;
