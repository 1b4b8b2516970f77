-- Events and their orders. Every insert into orders happens under the row lock of its event, so a key
-- that is looked up under that lock is either there or will not come.

CREATE SEQUENCE revisions;

CREATE TABLE event (
  name      text PRIMARY KEY,
  stock     int    NOT NULL CHECK (stock >= 0),
  remaining int    NOT NULL CHECK (remaining >= 0),
  sold      int    NOT NULL DEFAULT 0,
  -- how long a sale thinks between reading and writing
  think_ms  bigint NOT NULL DEFAULT 0,
  -- new with every change that is not a sale
  revision  bigint NOT NULL DEFAULT nextval('tickets.revisions')
) WITH (fillfactor = 50);

CREATE TABLE orders (
  id              uuid PRIMARY KEY,
  event           text        NOT NULL,
  key             text        NOT NULL,
  fingerprint     text        NOT NULL,
  buyer           text,
  strategy        text        NOT NULL,
  token           bigint,
  remaining_after int         NOT NULL,
  pod             text        NOT NULL,
  at              timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (event, key)
);

-- Opens an event, or changes its stock and its thinking time; what is sold stays sold.
CREATE FUNCTION put_event(p_name text, p_stock int, p_think_ms bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  e tickets.event;
BEGIN
  INSERT INTO tickets.event (name, stock, remaining, think_ms) VALUES (p_name, p_stock, p_stock, p_think_ms)
  ON CONFLICT DO NOTHING;
  IF FOUND THEN
    RETURN 'created';
  END IF;
  SELECT * INTO e FROM tickets.event WHERE name = p_name FOR NO KEY UPDATE;
  IF e.stock = p_stock AND e.think_ms = p_think_ms THEN
    RETURN 'unchanged';
  END IF;
  IF e.remaining + p_stock - e.stock < 0 THEN
    RETURN 'below-sold';
  END IF;
  UPDATE tickets.event
     SET stock = p_stock, remaining = e.remaining + p_stock - e.stock, think_ms = p_think_ms,
         revision = nextval('tickets.revisions')
   WHERE name = p_name;
  RETURN 'changed';
END $$;

-- The write of a mutex sale: p_read is what the seller read before, in this tenure, and the new value is
-- absolute. All or nothing behind the fence. o_outcome of a row: sold, replayed, reused, sold-out; or one row alone:
-- fenced (the lock is another's) or changed (not what was read: read again).
CREATE FUNCTION sell(
  p_lock text, p_token bigint, p_owner uuid, p_event text, p_revision bigint, p_read int, p_pod text,
  p_strategy text, p_ids uuid[], p_keys text[], p_prints text[], p_buyers text[]
) RETURNS TABLE (o_index int, o_outcome text, o_order tickets.orders) LANGUAGE plpgsql AS $$
DECLARE
  v_old tickets.orders[];
  v_sold int;
BEGIN
  -- The lease row is locked before anything else is looked at: a condition inside the UPDATE of the
  -- event would be judged by the snapshot from before a wait.
  PERFORM 1 FROM tickets.lk WHERE name = p_lock AND token = p_token AND owner = p_owner FOR KEY SHARE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 0, 'fenced', NULL::tickets.orders;
    RETURN;
  END IF;
  PERFORM 1 FROM tickets.event WHERE name = p_event AND revision = p_revision FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 0, 'changed', NULL::tickets.orders;
    RETURN;
  END IF;
  -- = ANY, not an anti-join: planned while the table was empty, that one scanned it.
  SELECT coalesce(array_agg(o), '{}') INTO v_old
    FROM tickets.orders o WHERE o.event = p_event AND o.key = ANY (p_keys);
  RETURN QUERY
    SELECT i::int, CASE WHEN o.fingerprint = p_prints[i] THEN 'replayed' ELSE 'reused' END, o::tickets.orders
      FROM unnest(v_old) AS o CROSS JOIN LATERAL array_position(p_keys, o.key) AS i;
  RETURN QUERY
    WITH new AS (
      SELECT i, row_number() OVER (ORDER BY i) AS nth
        FROM generate_subscripts(p_keys, 1) AS i
       WHERE p_keys[i] <> ALL (SELECT o.key FROM unnest(v_old) AS o)
    ), bought AS (
      INSERT INTO tickets.orders (id, event, key, fingerprint, buyer, strategy, token, remaining_after, pod)
      SELECT p_ids[i], p_event, p_keys[i], p_prints[i], p_buyers[i], p_strategy, p_token, p_read - nth, p_pod
        FROM new WHERE nth <= p_read ORDER BY nth
      RETURNING orders
    )
    SELECT array_position(p_keys, (b.orders).key), 'sold', b.orders FROM bought b
    UNION ALL
    SELECT new.i, 'sold-out', NULL::tickets.orders FROM new WHERE nth > p_read;
  v_sold := least(p_read, cardinality(p_keys) - cardinality(v_old));
  IF v_sold > 0 THEN
    UPDATE tickets.event SET remaining = p_read - v_sold, sold = sold + v_sold WHERE name = p_event;
  END IF;
END $$;

-- The write of a sale without a lock: the absolute value that the seller worked out from what it read
-- before, whatever others wrote since.
CREATE FUNCTION sell_unprotected(
  p_event text, p_read int, p_pod text, p_strategy text, p_id uuid, p_key text, p_print text, p_buyer text,
  OUT o_outcome text, OUT o_order tickets.orders
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM tickets.event WHERE name = p_event FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    o_outcome := 'changed';
    RETURN;
  END IF;
  SELECT * INTO o_order FROM tickets.orders WHERE event = p_event AND key = p_key;
  IF FOUND THEN
    o_outcome := CASE WHEN o_order.fingerprint = p_print THEN 'replayed' ELSE 'reused' END;
    RETURN;
  END IF;
  IF p_read <= 0 THEN
    o_outcome := 'sold-out';
    RETURN;
  END IF;
  INSERT INTO tickets.orders (id, event, key, fingerprint, buyer, strategy, remaining_after, pod)
  VALUES (p_id, p_event, p_key, p_print, p_buyer, p_strategy, p_read - 1, p_pod) RETURNING * INTO o_order;
  UPDATE tickets.event SET remaining = p_read - 1, sold = sold + 1 WHERE name = p_event;
  o_outcome := 'sold';
END $$;
