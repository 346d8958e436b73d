-- Files to send. Their bytes lie on the volume, named by their hash.

CREATE TABLE media (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_id    TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sha256     TEXT   NOT NULL,          -- hex
    size       BIGINT NOT NULL,
    mime_type  TEXT   NOT NULL,
    file_name  TEXT,
    width      BIGINT,
    height     BIGINT,
    seconds    BIGINT,
    waveform   TEXT,                     -- hex: 64 levels from 0 to 100
    thumbnail  TEXT,                     -- base64: a JPEG
    created_at BIGINT NOT NULL,
    -- When a message last needed it, or it came again.
    used_at    BIGINT NOT NULL,
    UNIQUE (user_id, sha256)
);
CREATE INDEX media_sha256 ON media (sha256);
CREATE INDEX media_used ON media (used_at);

-- The file that a message needs: it stays as long as one is queued or on its way.
ALTER TABLE outbox ADD COLUMN media_id TEXT;
CREATE INDEX outbox_media ON outbox (media_id)
    WHERE media_id IS NOT NULL AND status IN ('queued', 'sending');
