fn main() {
    whahook_web::start(whahook_web::pages::sign_in::SignIn);
}
