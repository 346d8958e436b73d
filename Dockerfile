# syntax=docker/dockerfile:1

# No cache mounts: Railway wants them named after the service. cargo-chef keeps the
# dependencies in a layer of their own instead.
ARG RUST_VERSION=1.95

FROM rust:${RUST_VERSION}-bookworm AS builder
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /src
# The image's own toolchain, not what rust-toolchain.toml would download.
RUN toolchain=$(rustup show active-toolchain | cut -d' ' -f1) \
    && rustup override set "$toolchain" \
    && rustup target add wasm32-unknown-unknown \
    && cargo install cargo-chef --locked --version 0.1.78

FROM builder AS plan
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM builder AS build
COPY --from=plan /src/recipe.json recipe.json
COPY .cargo .cargo
RUN cargo chef cook --release --package whahook --recipe-path recipe.json \
    && cargo chef cook --profile wasm-release --package whahook-web --target wasm32-unknown-unknown \
      --no-default-features --features hydrate --recipe-path recipe.json \
    && cargo chef cook --package xtask --recipe-path recipe.json
COPY . .
# Without the feature `simulator`: no simulator, and no way to skip a certificate check.
RUN cargo xtask check-release \
    && cargo xtask page \
    && cargo build --locked --release --package whahook --bins

FROM debian:bookworm-slim AS runtime
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 whahook \
    && useradd --uid 10001 --gid whahook --no-create-home --shell /usr/sbin/nologin whahook \
    && install --directory --owner whahook --group whahook --mode 0750 /data
COPY --from=build /src/target/release/whahook /usr/local/bin/whahook
COPY --from=build /src/target/site /app/site
COPY --chmod=0755 docker/entrypoint.sh /usr/local/bin/entrypoint
COPY LICENSE NOTICE /app/
WORKDIR /app
ENV HOST=0.0.0.0 \
    PORT=3000 \
    VOLUME_DIR=/data \
    SITE_DIR=/app/site \
    LOG_FORMAT=json
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["sh", "-c", "curl --fail --silent --show-error --output /dev/null http://127.0.0.1:$PORT/ready"]
STOPSIGNAL SIGTERM
# Starts as root only to hand over a volume that root owns; the server itself never is root.
ENTRYPOINT ["entrypoint"]
CMD ["serve"]
