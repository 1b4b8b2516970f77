-- Fencing tokens: one sequence for all tasks, so a later claim always has the higher token.
CREATE SEQUENCE token;
-- The order in which tasks ended.
CREATE SEQUENCE finish;

CREATE TABLE pool (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         text NOT NULL UNIQUE,
  processes    int NOT NULL CHECK (processes > 0),
  creation_key text,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_at    timestamptz
);

CREATE TABLE submission (
  pool        bigint NOT NULL REFERENCES pool ON DELETE CASCADE,
  key         text NOT NULL,
  fingerprint text NOT NULL,
  ids         bigint[] NOT NULL,
  PRIMARY KEY (pool, key)
);

CREATE TABLE task (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pool        bigint NOT NULL REFERENCES pool ON DELETE CASCADE,
  kind        text NOT NULL,
  spec        json NOT NULL,
  -- host:port of a fetch, whose turn it needs; null for other kinds.
  host        text,
  state       text NOT NULL DEFAULT 'pending'
              CHECK (state IN ('pending', 'running', 'succeeded', 'failed')),
  not_before  timestamptz NOT NULL DEFAULT '-infinity',
  -- Claims that were not handed back; reaches the limit only when workers are lost.
  attempts    int NOT NULL DEFAULT 0,
  -- Repeats that the site caused (429, 503, a broken connection).
  retries     int NOT NULL DEFAULT 0,
  token       bigint,
  lease_until timestamptz,
  result      json,
  error       text,
  detail      text,
  finish      bigint UNIQUE,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  CHECK ((state IN ('succeeded', 'failed')) = (finish IS NOT NULL)),
  CHECK ((state = 'failed') = (error IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX task_pending ON task (pool, id) WHERE state = 'pending';
CREATE INDEX task_running ON task (pool, lease_until) WHERE state = 'running';
CREATE INDEX task_finished ON task (pool, finish) WHERE finish IS NOT NULL;

-- Every claim and how it ended, for people and for proofs: the recorded time encloses the worker's.
CREATE TABLE attempt (
  task       bigint NOT NULL REFERENCES task ON DELETE CASCADE,
  token      bigint NOT NULL,
  replica    text NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at   timestamptz,
  how        text CHECK (how IN ('succeeded', 'failed', 'handed-back', 'lost')),
  PRIMARY KEY (task, token),
  CHECK ((ended_at IS NULL) = (how IS NULL))
);

-- The time of a host's next permitted request. While one is under way it lies ahead as long as a
-- request may take, so that a killed worker blocks its host no longer than that.
CREATE TABLE host_turn (
  host    text PRIMARY KEY,
  next_at timestamptz NOT NULL,
  holder  bigint
);

CREATE TABLE robots (
  origin     text PRIMARY KEY,
  -- 'rules' with the body, 'allow', 'deny' or 'defer'.
  verdict    text NOT NULL CHECK (verdict IN ('rules', 'allow', 'deny', 'defer')),
  body       bytea,
  expires_at timestamptz NOT NULL,
  CHECK ((verdict = 'rules') = (body IS NOT NULL))
);

-- Takes the tasks of dead workers back. The caller holds the pool's row.
CREATE FUNCTION expire(of_pool bigint, max_attempts int) RETURNS int
LANGUAGE plpgsql SET search_path = crawler AS $$
DECLARE
  ended int;
BEGIN
  WITH late AS (
    SELECT id FROM task
    WHERE pool = of_pool AND state = 'running' AND lease_until < clock_timestamp()
    ORDER BY id FOR UPDATE
  ), lost AS (
    UPDATE task t SET
      state = CASE WHEN attempts >= max_attempts THEN 'failed' ELSE 'pending' END,
      error = CASE WHEN attempts >= max_attempts THEN 'worker-lost' END,
      detail = CASE WHEN attempts >= max_attempts
        THEN 'The worker died ' || attempts || ' times.' END,
      finish = CASE WHEN attempts >= max_attempts THEN nextval('finish') END,
      finished_at = CASE WHEN attempts >= max_attempts THEN clock_timestamp() END
    FROM late
    WHERE t.id = late.id AND t.state = 'running' AND t.lease_until < clock_timestamp()
    RETURNING t.id, t.token, t.state
  ), noted AS (
    UPDATE attempt a SET ended_at = clock_timestamp(), how = 'lost'
    FROM lost WHERE a.task = lost.id AND a.token = lost.token
    RETURNING lost.state
  )
  SELECT count(*) FILTER (WHERE noted.state = 'failed') INTO ended FROM noted;
  IF ended > 0 THEN
    PERFORM pg_notify('crawler_done', of_pool::text);
  END IF;
  RETURN ended;
END $$;

-- Claims up to `want` tasks of one pool. The pool's row is locked first, and each statement below
-- sees what was committed before that: no two claims count the running tasks at the same time, so
-- `processes` holds over all replicas. Half of what is free is taken at once, so that another
-- replica woken by the same hint finds something too.
CREATE FUNCTION claim(
  of_pool bigint, by_replica text, want int, lease interval, max_attempts int
) RETURNS TABLE (
  task bigint, token bigint, kind text, spec json, attempts int, retries int
)
LANGUAGE plpgsql SET search_path = crawler AS $$
#variable_conflict use_column
DECLARE
  bound int;
  busy int;
  take int;
BEGIN
  SELECT processes INTO bound FROM pool WHERE id = of_pool FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM expire(of_pool, max_attempts);
  SELECT count(*) INTO busy FROM task WHERE pool = of_pool AND state = 'running';
  take := least(want, ceil((bound - busy) / 2.0)::int);
  IF take <= 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH chosen AS (
    SELECT t.id FROM task t
    WHERE t.pool = of_pool AND t.state = 'pending' AND t.not_before <= clock_timestamp()
      AND NOT EXISTS (
        SELECT FROM host_turn h WHERE h.host = t.host AND h.next_at > clock_timestamp())
    ORDER BY t.id LIMIT take
    FOR UPDATE SKIP LOCKED
  ), claimed AS (
    UPDATE task t SET
      state = 'running',
      attempts = t.attempts + 1,
      token = nextval('token'),
      lease_until = clock_timestamp() + lease
    FROM chosen WHERE t.id = chosen.id
    RETURNING t.id, t.token, t.kind, t.spec, t.attempts, t.retries
  ), noted AS (
    INSERT INTO attempt (task, token, replica, started_at)
    SELECT c.id, c.token, by_replica, clock_timestamp() FROM claimed c
  )
  SELECT c.id, c.token, c.kind, c.spec, c.attempts, c.retries FROM claimed c ORDER BY c.id;
END $$;
