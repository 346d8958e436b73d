fn main() {
    whahook_web::start(whahook_web::pages::inbox::InboxPage);
}
