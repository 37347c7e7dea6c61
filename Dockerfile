# The harness as an image: one static binary with what harness init lays out, under a
# user without rights.
#
#   docker build -t odoo-harness .
FROM docker.io/library/golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/harness ./cmd/harness \
 && /out/harness init /out/odoo-harness \
 && mkdir -p /out/odoo-harness/run /out/results

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/harness /usr/local/bin/harness
COPY --from=build /out/odoo-harness /opt/odoo-harness
COPY --from=build --chown=65532:65532 /out/results /results
WORKDIR /opt/odoo-harness
ENTRYPOINT ["/usr/local/bin/harness"]
