-- A shop of orders, none of whose rows repeats. :orders rows of each of the two large tables; 1,900,000 make a dump of 1 GiB.
SELECT setseed(0.42);

CREATE TABLE customers (
    id        bigint PRIMARY KEY,
    email     text        NOT NULL,
    full_name text        NOT NULL,
    address   text        NOT NULL,
    joined_at timestamptz NOT NULL
);

CREATE TABLE orders (
    id          bigint PRIMARY KEY,
    reference   uuid           NOT NULL,
    customer_id bigint         NOT NULL,
    placed_at   timestamptz    NOT NULL,
    total       numeric(10, 2) NOT NULL,
    status      text           NOT NULL,
    details     jsonb          NOT NULL
);

CREATE TABLE page_views (
    id        bigint PRIMARY KEY,
    session   uuid        NOT NULL,
    seen_at   timestamptz NOT NULL,
    path      text        NOT NULL,
    client    inet        NOT NULL,
    user_agent text       NOT NULL
);

CREATE FUNCTION pg_temp.word(n double precision) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY ['amber','birch','cedar','delta','ember','fjord','grove','haven','inlet','jetty','knoll','larch','maple',
        'north','ocean','pearl','quarry','river','stone','tidal','upper','valley','willow','xenon','yarrow','zephyr'])[1 + (n * 25)::int]
$$;

INSERT INTO customers
SELECT i, pg_temp.word(random()) || '.' || pg_temp.word(random()) || i || '@example.org',
       initcap(pg_temp.word(random())) || ' ' || initcap(pg_temp.word(random())),
       (random() * 300)::int || ' ' || initcap(pg_temp.word(random())) || ' Street, ' || (10000 + random() * 89999)::int || ' ' || initcap(pg_temp.word(random())),
       timestamptz '2020-01-01 00:00+00' + random() * interval '5 years'
FROM generate_series(1, :orders / 10) AS i;

INSERT INTO orders
SELECT i, gen_random_uuid(), 1 + (random() * (:orders / 10 - 1))::bigint,
       timestamptz '2020-01-01 00:00+00' + random() * interval '5 years', (random() * 900)::numeric(10, 2),
       (ARRAY ['placed', 'paid', 'packed', 'shipped', 'delivered', 'returned'])[1 + (random() * 5)::int],
       jsonb_build_object('sku', md5(random()::text), 'quantity', (random() * 9)::int, 'carrier', pg_temp.word(random()),
                          'note', pg_temp.word(random()) || ' ' || pg_temp.word(random()) || ' ' || pg_temp.word(random()) || ' ' || (random() * 1e9)::int,
                          'weight', round((random() * 30)::numeric, 3))
FROM generate_series(1, :orders) AS i;

INSERT INTO page_views
SELECT i, gen_random_uuid(), timestamptz '2020-01-01 00:00+00' + random() * interval '5 years',
       '/' || pg_temp.word(random()) || '/' || pg_temp.word(random()) || '-' || (random() * 1e6)::int || '?from=' || pg_temp.word(random()),
       (('10.' || (random() * 255)::int || '.' || (random() * 255)::int || '.' || (random() * 255)::int))::inet,
       'Mozilla/5.0 (X11; Linux x86_64; rv:' || (90 + random() * 50)::int || '.0) Gecko/20100101 Firefox/' || (90 + random() * 50)::int || '.' || (random() * 9)::int || ' build/' || md5(random()::text)
FROM generate_series(1, :orders) AS i;

VACUUM (ANALYZE) customers, orders, page_views;
