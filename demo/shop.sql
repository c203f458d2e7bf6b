-- A shop's database of about 200 MB: believable rows that do not repeat, the same at each run.
SELECT setseed(0.42);
SET synchronous_commit = off;

CREATE FUNCTION pick(words text[]) RETURNS text LANGUAGE sql VOLATILE AS
  'SELECT words[1 + floor(random() * cardinality(words))::int]';

CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped', 'delivered', 'returned');

CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL UNIQUE,
  address jsonb NOT NULL,
  joined timestamptz NOT NULL
);

CREATE TABLE products (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku uuid NOT NULL UNIQUE,
  name text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price > 0),
  photo bytea NOT NULL
);

CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer bigint NOT NULL,
  status order_status NOT NULL,
  placed timestamptz NOT NULL,
  note text
);

CREATE TABLE order_items (
  order_id bigint NOT NULL,
  product bigint NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0),
  price numeric(10, 2) NOT NULL
);

CREATE TABLE reviews (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product bigint NOT NULL,
  customer bigint NOT NULL,
  stars int NOT NULL CHECK (stars BETWEEN 1 AND 5),
  body text NOT NULL
);

INSERT INTO customers (name, email, address, joined)
SELECT first || ' ' || last, lower(first) || '.' || lower(last) || i || '@example.com',
  jsonb_build_object('street', 1 + floor(random() * 300)::int || ' ' || pick('{Rue des Lilas,Main Street,Hauptstraße,Via Roma,Calle Mayor}'),
    'city', pick('{Lyon,Porto,Kraków,Gent,Malmö,Bologna,Graz}'), 'zip', lpad(floor(random() * 99999)::text, 5, '0')),
  timestamptz '2019-01-01' + random() * interval '7 years'
FROM (SELECT i, pick('{Zoé,Liam,Noor,Mia,Émile,Ada,Jonas,Inès,Otto,Lucía}') AS first,
  pick('{Martin,Müller,Rossi,García,Nowak,Dubois,Jansen,Silva,Berg,Novák}') AS last FROM generate_series(1, 120000) i) people;

INSERT INTO products (sku, name, price, photo)
SELECT md5(i::text)::uuid, pick('{Oak,Steel,Linen,Glass,Cork,Wool}') || ' ' || pick('{chair,lamp,table,rug,shelf,vase}') || ' No. ' || i,
  round((5 + random() * 900)::numeric, 2), decode(md5(random()::text) || md5(random()::text) || md5(random()::text), 'hex')
FROM generate_series(1, 8000) i;

INSERT INTO orders (customer, status, placed, note)
SELECT 1 + floor(random() * 120000)::int, pick('{new,paid,shipped,delivered,returned}')::order_status,
  timestamptz '2020-01-01' + random() * interval '6 years',
  CASE WHEN random() < 0.3 THEN 'Please ring at ' || pick('{the blue door,No. 7,the neighbour''s,reception}') || ', code ' || floor(random() * 9999)::int END
FROM generate_series(1, 420000);

INSERT INTO order_items (order_id, product, quantity, price)
SELECT id, (id * 7919 + n * 104729) % 8000 + 1, 1 + floor(random() * 5)::int, round((5 + random() * 900)::numeric, 2)
FROM orders, generate_series(1, 3) n WHERE (id + n) % 3 <> 0 OR n = 1;

INSERT INTO reviews (product, customer, stars, body)
SELECT 1 + floor(random() * 8000)::int, 1 + floor(random() * 120000)::int, 1 + floor(random() * 5)::int,
  concat_ws(' ', pick('{Lovely,Sturdy,Disappointing,Handsome,Odd}'), pick('{finish,colour,joints,smell,packaging}'), 'after',
    1 + floor(random() * 400)::int, 'days of use. Serial', md5(random()::text), '— would', pick('{buy again,return it,recommend it to my sister}'))
FROM generate_series(1, 180000);

-- Keys to other tables last: checking them once is many times faster than at each row.
ALTER TABLE order_items ADD PRIMARY KEY (order_id, product);
ALTER TABLE order_items ADD FOREIGN KEY (order_id) REFERENCES orders, ADD FOREIGN KEY (product) REFERENCES products;
ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers;
ALTER TABLE reviews ADD FOREIGN KEY (product) REFERENCES products, ADD FOREIGN KEY (customer) REFERENCES customers;
CREATE INDEX orders_by_customer ON orders (customer);
CREATE VIEW revenue AS
  SELECT date_trunc('month', placed) AS month, sum(quantity * price) AS total FROM orders JOIN order_items ON order_id = orders.id GROUP BY 1;
ANALYZE;
