use whahook_web::{
    pages::receiving::{Receiving, read_data},
    start_with,
};

fn main() {
    start_with(read_data, Receiving);
}
