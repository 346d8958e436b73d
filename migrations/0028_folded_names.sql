-- Names as they are looked for: in small letters, without accents. The server folds them.
ALTER TABLE contacts ADD COLUMN folded TEXT;
ALTER TABLE conversations ADD COLUMN folded TEXT;
