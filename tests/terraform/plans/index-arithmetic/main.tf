provider "aws" {
  region = "eu-west-1"
}
resource "aws_s3_bucket" "c" {
  count  = 2
  bucket = "acme-c${count.index}"
}
resource "aws_s3_bucket_ownership_controls" "c" {
  count  = 2
  bucket = aws_s3_bucket.c[1 - count.index].id
  rule {
    object_ownership = count.index == 0 ? "ObjectWriter" : "BucketOwnerEnforced"
  }
}
