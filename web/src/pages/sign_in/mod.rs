//! `/login` and `/register`.

mod form;
mod login;
mod register;
mod words;

use crate::data::{Page, PageData};
use leptos::{either::Either, prelude::*};
use login::Login;
use register::Register;

#[component]
pub fn SignIn() -> impl IntoView {
    match expect_context::<PageData>().page {
        Page::Register => Either::Left(Register()),
        _ => Either::Right(Login()),
    }
}
