CREATE TABLE officer (officer_id uuid PRIMARY KEY, name text NOT NULL, status text NOT NULL, changes int NOT NULL);
