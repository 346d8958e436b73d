//! Errors, the same everywhere.

use crate::session::codes;
use serde::{Deserialize, Serialize};

codes! {
    /// What is wrong, for programs. More may be added.
    ErrorCode {
        /// Nothing answers at this path.
        NotFound = "not_found",
        /// The path does not take this method; the header `allow` has those it takes.
        MethodNotAllowed = "method_not_allowed",
        /// A field of the body or a parameter is wrong; `details.field` names it.
        InvalidInput = "invalid_input",
        /// The body is not JSON.
        MalformedJson = "malformed_json",
        /// The body broke off before its end.
        BodyIncomplete = "body_incomplete",
        /// The body is too large.
        PayloadTooLarge = "payload_too_large",
        /// The body is not declared as what is expected here.
        UnsupportedMediaType = "unsupported_media_type",
        /// Sign in, or send an API key.
        NotSignedIn = "not_signed_in",
        /// This API key is not known; it may have been revoked.
        InvalidKey = "invalid_key",
        /// This API key has expired; make a new one.
        KeyExpired = "key_expired",
        /// The key may not do this; `details.scope` is what it lacks.
        ScopeMissing = "scope_missing",
        /// Only a signed-in person may do this, not an API key.
        CookieRequired = "cookie_required",
        /// A page of another origin used the cookie.
        OriginNotAllowed = "origin_not_allowed",
        /// Too many requests; `retry-after` says when to go on.
        TooManyRequests = "too_many_requests",
        /// Something went wrong on our side; the log has more under the request's id.
        Internal = "internal",
        /// The database does not answer; try again after `retry-after`.
        DatabaseUnavailable = "database_unavailable",
        /// The answer took too long and was given up.
        Timeout = "timeout",
        /// The server is stopping; try again after `retry-after`.
        Stopping = "stopping",
        /// The e-mail address or the password is wrong.
        InvalidCredentials = "invalid_credentials",
        /// Too many attempts to sign in; `retry-after` says when to go on.
        TooManyAttempts = "too_many_attempts",
        /// Somebody with this e-mail address is registered already.
        EmailTaken = "email_taken",
        /// Nobody can register on this server.
        SignupClosed = "signup_closed",
        /// There is no such account, or it is another person's.
        AccountNotFound = "account_not_found",
        /// There is no such message, or it is another person's.
        MessageNotFound = "message_not_found",
        /// There is no such conversation, or it is another person's.
        ConversationNotFound = "conversation_not_found",
        /// There is no such bulk, or it is another person's.
        BulkNotFound = "bulk_not_found",
        /// The bulk is over; `details.status` is what it is.
        BulkOver = "bulk_over",
        /// There is no such file, or it is another person's.
        MediaNotFound = "media_not_found",
        /// The message's file is not on this server; `details` has `state` and `reason`.
        MediaNotHere = "media_not_here",
        /// The account fetches no files.
        MediaDownloadOff = "media_download_off",
        /// The person or the group shows no picture, or not to this account.
        PictureNotFound = "picture_not_found",
        /// The file is too large; `details.limit` is what is allowed, in bytes.
        MediaTooLarge = "media_too_large",
        /// Your files would be larger together than is allowed; `details` has `field`, `size`,
        /// `used` and `quota`, in bytes.
        MediaQuotaExceeded = "media_quota_exceeded",
        /// The parts of a body are not what multipart/form-data is.
        MalformedBody = "malformed_body",
        /// The file does not have the bytes that `range` asks for.
        RangeNotSatisfiable = "range_not_satisfiable",
        /// There is no space left for files: nothing of this one was kept.
        VolumeFull = "volume_full",
        /// There is no such key, or it is another person's.
        KeyNotFound = "key_not_found",
        /// There is no such webhook, or it is another person's.
        WebhookNotFound = "webhook_not_found",
        /// No more webhooks are allowed; `details.limit` is how many are.
        WebhookLimitReached = "webhook_limit_reached",
        /// There is no QR to show; `details` says what the session is.
        NoQr = "no_qr",
        /// There is no code to type; `details` says what the session is.
        NoPairCode = "no_pair_code",
        /// The session is linked already; unlink it first.
        AlreadyLinked = "already_linked",
        /// WhatsApp asks for no passkey, or not for this step of it.
        NoPasskey = "no_passkey",
        /// WhatsApp did not take the passkey.
        PasskeyRefused = "passkey_refused",
        /// No more sessions are allowed; `details` is a `SessionLimit`.
        SessionLimitReached = "session_limit_reached",
        /// Another request about the same session took its place.
        Superseded = "superseded",
        /// The session's data could not be removed.
        VolumeFailed = "volume_failed",
        /// The message is not `queued` any more; `details.status` is what it is.
        NotQueued = "not_queued",
        /// The message is not `failed`; `details.status` is what it is.
        NotFailed = "not_failed",
        /// The message's `expires_at` has passed.
        Expired = "expired",
        /// The same content went to the same recipient a short while ago;
        /// `details.message_id` is that message.
        DuplicateMessage = "duplicate_message",
        /// The session is not connected; `details` says what it is.
        NotConnected = "not_connected",
        /// WhatsApp did not do what was asked of it.
        WhatsappFailed = "whatsapp_failed",
        /// Metrics are for this machine, or for those who have the token.
        MetricsNotAllowed = "metrics_not_allowed",
    }
}

/// What every error is: `{"error": {"code", "message", "details"}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// What is wrong.
    pub error: ErrorView,
}

/// What is wrong, for programs and for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorView {
    /// Stable, for programs.
    #[cfg_attr(feature = "openapi", schema(value_type = ErrorCode))]
    pub code: String,
    /// For people: what is wrong and what would be right.
    pub message: String,
    /// Where it helps: `{"field": "to", …}`.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub details: serde_json::Value,
}

/// `details` of `session_limit_reached`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionLimit {
    /// How many are allowed.
    pub limit: i64,
    /// How many sessions count already.
    pub used: i64,
    /// Whose sessions count.
    pub scope: LimitScope,
}

codes! {
    /// Whose sessions a limit counts.
    LimitScope {
        /// One person's.
        User = "user",
        /// Everybody's on this server.
        Server = "server",
    }
}
