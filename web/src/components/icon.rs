use leptos::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Alert,
    Back,
    Chat,
    Check,
    CheckTwice,
    Clip,
    Clock,
    Close,
    Copy,
    File,
    Grid,
    Hook,
    Key,
    Link,
    More,
    Pause,
    Pencil,
    Phone,
    Pin,
    Plus,
    Reply,
    Send,
    SignOut,
    Sliders,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Alert => {
                "M12 8v5m0 3.5v.01M10.3 3.9 2.6 17.2A2 2 0 0 0 4.3 20h15.4a2 2 0 0 0 1.7-2.8L13.7 3.9a2 2 0 0 0-3.4 0Z"
            }
            Self::Back => "M19 12H5m6-6-6 6 6 6",
            Self::Chat => "M4 5h16v12H9l-5 4z",
            Self::CheckTwice => "m2 13 4 4L15 8m-4.5 7.5L12 17l9-9",
            Self::Clip => {
                "m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.5 3.5 0 0 1 5 5l-8.5 8.5a2 2 0 0 1-3-3L14 7"
            }
            Self::Check => "m5 12.5 4.5 4.5L19 7.5",
            Self::Clock => "M12 8v4l2.5 2M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z",
            Self::Close => "m6 6 12 12M18 6 6 18",
            Self::Copy => "M9 9h10v11H9zM5 15V4h10",
            Self::File => "M6 3h8l4 4v14H6zM14 3v4h4",
            Self::Grid => "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z",
            Self::Hook => "M6 4v9a5.5 5.5 0 0 0 11 0V8m0 0-3 3m3-3 3 3",
            Self::Key => "M15.5 3a5.5 5.5 0 1 1-4.900 8L4 17.5V20h3v-2.5h2.5V15l2-2M16.5 7.5v.01",
            Self::Link => "M9 15 15 9M8 11l-2 2a4 4 0 0 0 5 5l2-2m3-3 2-2a4 4 0 0 0-5-5l-2 2",
            Self::More => "M5 12h.01M12 12h.01M19 12h.01",
            Self::Pause => "M9 6v12M15 6v12",
            Self::Pencil => "m4 20 1-4L16 5l3 3L8 19zM13.5 7.5l3 3",
            Self::Phone => {
                "M8 3h8a1.5 1.5 0 0 1 1.5 1.5v15A1.5 1.5 0 0 1 16 21H8a1.5 1.5 0 0 1-1.5-1.5v-15A1.5 1.5 0 0 1 8 3Zm3 15h2"
            }
            Self::Pin => {
                "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11ZM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z"
            }
            Self::Plus => "M12 5v14M5 12h14",
            Self::Reply => "M10 6 4 12l6 6m-6-6h9a7 7 0 0 1 7 7",
            Self::Send => "m4 12 16-7-6 15-3-6z",
            Self::SignOut => "M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 8l-4 4 4 4m-4-4h10",
            Self::Sliders => "M4 8h9m4 0h3M15 6v4M4 16h3m4 0h9M9 14v4",
        }
    }
}

impl Icon {
    /// For markup that is written as text.
    pub fn markup(self) -> String {
        format!(
            r#"<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="{}"/></svg>"#,
            self.path()
        )
    }
}

/// Always beside words, so never read out.
#[component]
pub fn Icon(icon: Icon) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width=if icon == Icon::More { "3" } else { "2" }
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
        >
            <path d=icon.path()></path>
        </svg>
    }
}

/// As markup.
pub const LOGO: &str = r#"<svg class="logo" viewBox="0 0 32 32" aria-hidden="true"><rect class="logo-ground" width="32" height="32" rx="9"></rect><path class="logo-hook" d="M9 10v7a7 7 0 0 0 14 0V9m0 0-4 4m4-4 4 4" fill="none" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"></path></svg>"#;
