-- The shop of shop.sql for MySQL: @orders rows of each of the two large tables, none of which repeats.
SET SESSION cte_max_recursion_depth = 10000000, @orders = IFNULL(@orders, 2000000);

CREATE TABLE words (id int PRIMARY KEY, word varchar(8) NOT NULL);
INSERT INTO words VALUES (0,'amber'),(1,'birch'),(2,'cedar'),(3,'delta'),(4,'ember'),(5,'fjord'),(6,'grove'),(7,'haven'),
    (8,'inlet'),(9,'jetty'),(10,'knoll'),(11,'larch'),(12,'maple'),(13,'north'),(14,'ocean'),(15,'pearl'),(16,'quarry'),
    (17,'river'),(18,'stone'),(19,'tidal'),(20,'upper'),(21,'valley'),(22,'willow'),(23,'xenon'),(24,'yarrow'),(25,'zephyr');

CREATE TABLE orders (
    id bigint PRIMARY KEY, reference char(36) NOT NULL, customer_id bigint NOT NULL, placed_at datetime(6) NOT NULL,
    total decimal(10, 2) NOT NULL, status varchar(10) NOT NULL, details json NOT NULL
);

CREATE TABLE page_views (
    id bigint PRIMARY KEY, session char(36) NOT NULL, seen_at datetime(6) NOT NULL, path varchar(100) NOT NULL,
    client varchar(15) NOT NULL, user_agent varchar(200) NOT NULL
);

INSERT INTO orders
WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < @orders)
SELECT i, UUID(), 1 + FLOOR(RAND() * @orders / 10), '2020-01-01' + INTERVAL FLOOR(RAND() * 157680000) SECOND, ROUND(RAND() * 900, 2),
       ELT(1 + FLOOR(RAND() * 6), 'placed', 'paid', 'packed', 'shipped', 'delivered', 'returned'),
       JSON_OBJECT('sku', LEFT(SHA2(RAND(), 256), 32), 'quantity', FLOOR(RAND() * 9), 'carrier', word, 'weight', ROUND(RAND() * 30, 3),
                   'note', CONCAT(word, ' ', FLOOR(RAND() * 1e9), ' ', SUBSTRING(word, 2), ' ', FLOOR(RAND() * 1e6)))
FROM numbers JOIN words ON words.id = i % 26;

INSERT INTO page_views
WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < @orders)
SELECT i, UUID(), '2020-01-01' + INTERVAL FLOOR(RAND() * 157680000) SECOND,
       CONCAT('/', word, '/', word, '-', FLOOR(RAND() * 1e6), '?from=', SUBSTRING(word, 3)),
       CONCAT('10.', FLOOR(RAND() * 255), '.', FLOOR(RAND() * 255), '.', FLOOR(RAND() * 255)),
       CONCAT('Mozilla/5.0 (X11; Linux x86_64; rv:', 90 + FLOOR(RAND() * 50), '.0) Gecko/20100101 Firefox/', 90 + FLOOR(RAND() * 50), ' build/', LEFT(SHA2(RAND(), 256), 32))
FROM numbers JOIN words ON words.id = i % 26;

ANALYZE TABLE orders, page_views;
