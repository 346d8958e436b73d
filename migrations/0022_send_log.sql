-- What no limit reaches any more is forgotten person by person (send_log_user): one
-- index less to write for every message.

DROP INDEX send_log_at;
