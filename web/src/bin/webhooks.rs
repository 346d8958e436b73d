use whahook_web::{
    pages::webhooks::{WebhooksPage, read_data},
    start_with,
};

fn main() {
    start_with(read_data, WebhooksPage);
}
