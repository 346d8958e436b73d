use whahook_web::{
    pages::api_keys::{ApiKeys, read_data},
    start_with,
};

fn main() {
    start_with(read_data, ApiKeys);
}
