//! Parts that pages are made of.

pub mod avatar;
pub mod callout;
pub mod copy;
pub mod dialog;
pub mod field;
pub mod form;
pub mod frame;
pub mod icon;
pub mod instant;
pub mod menu;
pub mod nav;
pub mod notice;
pub mod preferences;
pub mod presence;
pub mod qr;
pub mod rows;
pub mod snippet;
pub mod socket_bar;
pub mod sure;
