pub mod connections;
pub mod login;
pub mod not_found;
pub mod register;
mod sign_in;
