# The harness as an image: one static binary with what harness init lays out, under a
# user without rights.
#
#   docker build -t odoo-harness .
FROM docker.io/library/golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/bin/harness ./cmd/harness \
 && /out/bin/harness init /out/odoo-harness \
 && mkdir -p /out/odoo-harness/run /out/results \
 && ln -s harness /out/bin/k6

FROM gcr.io/distroless/static-debian12:nonroot
# With the link k6, as which k6-operator starts its runners.
COPY --from=build /out/bin/ /usr/local/bin/
COPY --from=build /out/odoo-harness /opt/odoo-harness
COPY --from=build --chown=65532:65532 /out/results /results
WORKDIR /opt/odoo-harness
ENTRYPOINT ["/usr/local/bin/harness"]
