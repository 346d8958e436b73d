//! Conversations: everything exchanged with one person, or in one group.

use crate::{
    contact::Party,
    ids::{AccountId, ConversationId},
    received::ChatMessage,
    session::codes,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

codes! {
    /// Whom a conversation is with.
    ConversationKind {
        /// One person.
        Person = "person",
        /// A group.
        Group = "group",
        /// The status updates of everybody, where the account takes them.
        Status = "status",
    }
}

/// Everything exchanged with one person, or in one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationView {
    pub id: ConversationId,
    pub account_id: AccountId,
    pub kind: ConversationKind,
    /// The other side.
    pub with: Party,
    /// WhatsApp's id of the newest picture that is known: it changes with the
    /// picture, which `GET /api/conversations/{id}/picture` fetches. `null`: there is
    /// none, or nobody asked yet.
    #[cfg_attr(feature = "openapi", schema(example = "1763923200"))]
    pub picture_id: Option<String>,
    /// How many messages nobody has read yet.
    #[cfg_attr(feature = "openapi", schema(example = 2))]
    pub unread: i64,
    /// Put aside by a person; the next message brings it back.
    pub archived: bool,
    /// What people wrote down about it.
    #[cfg_attr(
        feature = "openapi",
        schema(example = "Prefers to be called in the afternoon.")
    )]
    pub note: Option<String>,
    /// By which people find it.
    #[cfg_attr(feature = "openapi", schema(example = json!(["vip"])))]
    pub labels: Vec<String>,
    /// When something was last written in it.
    pub last_message_at: Option<DateTime<Utc>>,
    /// What was last written in it.
    pub last_message: Option<ChatMessage>,
}

/// Somebody in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupMember {
    /// Who.
    pub party: Party,
    /// Whether they may change the group.
    pub is_admin: bool,
    /// Whether it is the account's own person.
    pub is_me: bool,
}

/// Who is in a group, as far as known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupMembers {
    /// Admins first.
    pub items: Vec<GroupMember>,
    /// When WhatsApp was last asked; what changed since is in it. `null`: it was
    /// not asked yet.
    pub known_at: Option<DateTime<Utc>>,
}

/// What to change; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConversationChanges {
    /// `true` marks it as unread, to come back to; `false` takes that back without
    /// a word to who wrote. `POST /api/conversations/{id}/read` tells them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<bool>,
    /// Put it aside, or back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// At most 10,000 characters; empty removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(
            max_length = 10_000,
            example = "Prefers to be called in the afternoon."
        )
    )]
    pub note: Option<String>,
    /// All of them: at most 20, each of 1 to 50 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20, example = json!(["vip"])))]
    pub labels: Option<Vec<String>>,
}
