use whahook_web::{
    pages::inbox::{InboxPage, read_data},
    start_with,
};

fn main() {
    start_with(read_data, InboxPage);
}
