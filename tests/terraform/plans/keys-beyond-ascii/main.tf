provider "aws" {
  region = "eu-west-1"
}
resource "aws_s3_bucket" "b" {
  for_each = toset(["größe", "länge"])
  bucket   = each.key == "größe" ? "acme-g" : "acme-l"
}
resource "aws_s3_bucket_ownership_controls" "b" {
  for_each = toset(["größe", "länge"])
  bucket   = aws_s3_bucket.b[each.key].id
  rule {
    object_ownership = each.key == "größe" ? "ObjectWriter" : "BucketOwnerEnforced"
  }
}
