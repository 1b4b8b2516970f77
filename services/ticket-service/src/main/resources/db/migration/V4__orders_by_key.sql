-- An order is looked up by its key in one way only. The planner knows nothing of an event that has just been opened: it
-- took the list's index for the lookup and read all orders of the event at every sale.

-- The list's index has another collation, so it serves those queries alone that name it.
DROP INDEX orders_by_event;
CREATE UNIQUE INDEX orders_by_event ON orders (event COLLATE "C", number);

-- As before, but for the lookup: one for each key, so that the key is always part of what the index is asked for.
CREATE OR REPLACE FUNCTION sell(
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
  SELECT coalesce(array_agg(found.o), '{}') INTO v_old
    FROM unnest(p_keys) AS k
   CROSS JOIN LATERAL (SELECT o FROM tickets.orders o WHERE o.event = p_event AND o.key = k LIMIT 1) AS found;
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

-- One step of taking an event down, as before.
CREATE OR REPLACE FUNCTION close_event(p_name text, p_most int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_rows int;
BEGIN
  UPDATE tickets.event SET closing = true, remaining = 0, revision = nextval('tickets.revisions') WHERE name = p_name;
  IF NOT FOUND THEN
    RETURN 'gone';
  END IF;
  -- Seats first: a sale that holds one is waited for, and its order is then there to be deleted.
  DELETE FROM tickets.seat
   WHERE event = p_name AND number IN (SELECT number FROM tickets.seat WHERE event = p_name LIMIT p_most);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows = p_most THEN
    RETURN 'more';
  END IF;
  DELETE FROM tickets.orders
   WHERE event COLLATE "C" = p_name
     AND number IN (SELECT number FROM tickets.orders WHERE event COLLATE "C" = p_name LIMIT p_most);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows = p_most THEN
    RETURN 'more';
  END IF;
  DELETE FROM tickets.event WHERE name = p_name;
  RETURN 'gone';
END $$;
