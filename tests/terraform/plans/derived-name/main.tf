provider "aws" {
  region = "eu-west-1"
}
resource "aws_s3_bucket" "src" {
  bucket = "acme-src"
}
resource "aws_s3_bucket" "dst" {
  bucket = "acme-src-copy"
}
resource "aws_s3_bucket_ownership_controls" "dst" {
  bucket     = "${aws_s3_bucket.src.id}-copy"
  depends_on = [aws_s3_bucket.dst]
  rule {
    object_ownership = "ObjectWriter"
  }
}
resource "aws_s3_bucket_cors_configuration" "dst" {
  bucket     = "${aws_s3_bucket.src.id}-copy"
  depends_on = [aws_s3_bucket.dst]
  cors_rule {
    allowed_headers = ["*"]
    allowed_methods = ["GET", "PUT"]
    allowed_origins = ["https://darwin.v7labs.com"]
  }
}
