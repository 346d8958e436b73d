pub mod api_keys;
pub mod connections;
pub mod inbox;
pub mod messages;
pub mod not_found;
pub mod receiving;
pub mod sign_in;
pub mod webhooks;
